import { check } from "../../checks/splits.ts";
import { quickCheck } from "../support/quick-check.ts";

quickCheck(check);
