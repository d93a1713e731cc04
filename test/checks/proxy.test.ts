import { check } from "../../checks/proxy.ts";
import { quickCheck } from "../support/quick-check.ts";

quickCheck(check);
