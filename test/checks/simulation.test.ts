import { check } from "../../checks/simulation.ts";
import { quickCheck } from "../support/quick-check.ts";

quickCheck(check);
