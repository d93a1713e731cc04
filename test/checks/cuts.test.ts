import { check } from "../../checks/cuts.ts";
import { quickCheck } from "../support/quick-check.ts";

quickCheck(check);
