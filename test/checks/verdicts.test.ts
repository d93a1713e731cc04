import { check } from "../../checks/verdicts.ts";
import { quickCheck } from "../support/quick-check.ts";

quickCheck(check);
