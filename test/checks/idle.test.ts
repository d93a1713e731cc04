import { check } from "../../checks/idle.ts";
import { quickCheck } from "../support/quick-check.ts";

quickCheck(check);
