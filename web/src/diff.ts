import { decodeDiff } from "./data/diff";
import { Changes } from "./view/changes";
import { byId } from "./view/dom";
import { showSides } from "./view/sides";
import { startTheme } from "./view/theme";

const diff = decodeDiff(byId("data").textContent ?? "");

showSides(diff);
new Changes(diff);
startTheme();
