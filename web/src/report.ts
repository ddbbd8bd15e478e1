import { decode } from "./data/decode";
import { Modules } from "./model/modules";
import { State } from "./state";
import { Calls } from "./view/calls";
import { byId } from "./view/dom";
import { FlameGraph } from "./view/flame_graph";
import { Functions } from "./view/functions";
import { showGroups } from "./view/groups";
import { showRun } from "./view/measured";
import { startTheme } from "./view/theme";
import { Timeline } from "./view/timeline";
import { Tools } from "./view/tools";
import { TopList } from "./view/top_list";
import { Views } from "./view/views";

const VIEWS_ASKED = ["peak", "end", "total", "temporary"] as const;

const recording = decode(byId("data").textContent ?? "");
const modules = new Modules(recording);
const state = new State(recording, {
    view: VIEWS_ASKED[recording.run.view],
    range: { from: -1, to: recording.history.count - 1 },
    rangeMeasure: "held",
    thread: null,
    ofMappings: false,
    hidden: new Set(),
    isInverted: false,
    search: "",
    zoom: [],
});

showRun(recording);
new Views(recording, state);
new TopList(recording, modules, state);
new Tools(recording, modules, state);
const flame = new FlameGraph(recording, modules, state);
new Calls(recording, state);
new Functions(recording, modules, state);
showGroups(recording, modules);
startTheme(() => flame.readColours());
new Timeline(recording, state);
