import { check } from "../../checks/tls.ts";
import { quickCheck } from "../support/quick-check.ts";

quickCheck(check);
