import { check } from "../../checks/differential.ts";
import { quickCheck } from "../support/quick-check.ts";

quickCheck(check);
