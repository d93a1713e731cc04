import { check } from "../../checks/injection.ts";
import { quickCheck } from "../support/quick-check.ts";

quickCheck(check);
