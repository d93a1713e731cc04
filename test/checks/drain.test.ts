import { check } from "../../checks/drain.ts";
import { quickCheck } from "../support/quick-check.ts";

quickCheck(check);
