import { check } from "../../checks/bombs.ts";
import { quickCheck } from "../support/quick-check.ts";

quickCheck(check);
