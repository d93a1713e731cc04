import { check } from "../../checks/leaks.ts";
import { quickCheck } from "../support/quick-check.ts";

quickCheck(check);
