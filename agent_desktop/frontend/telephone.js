// The agent's desk: one tab of the browser has the telephone and the events, the others say where it is.
import { holdDesk } from "./src/desk.js";

const desk = document.getElementById("desk");
if (desk) holdDesk(desk);
