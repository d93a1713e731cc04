import { check } from "../../checks/fuzz.ts";
import { quickCheck } from "../support/quick-check.ts";

quickCheck(check);
