import { check } from "../../checks/redirects.ts";
import { quickCheck } from "../support/quick-check.ts";

quickCheck(check);
