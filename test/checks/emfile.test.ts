import { check } from "../../checks/emfile.ts";
import { quickCheck } from "../support/quick-check.ts";

quickCheck(check);
