import { check } from "../../checks/roundtrip.ts";
import { quickCheck } from "../support/quick-check.ts";

quickCheck(check);
