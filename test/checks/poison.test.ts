import { check } from "../../checks/poison.ts";
import { quickCheck } from "../support/quick-check.ts";

quickCheck(check);
