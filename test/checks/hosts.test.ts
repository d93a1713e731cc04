import { check } from "../../checks/hosts.ts";
import { quickCheck } from "../support/quick-check.ts";

quickCheck(check);
