// Opens a file in Valgrind's own viewer, without a browser: runs the installed dh_view.js on a document that is just
// deep enough, lets it build its tree, and draws every metric that it offers. Prints the root's figures as JSON.
//
// Usage: node view_dhat.js DH_VIEW_JS FILE
"use strict";
const fs = require("fs");
const vm = require("vm");

class Element {
  constructor(name) {
    this.name = name;
    this.children = [];
    this.text = "";
    this.classList = { toggle() {}, add() {}, contains: () => false };
    this.style = {};
  }
  appendChild(child) {
    this.children.push(child);
    child.parentNode = this;
    return child;
  }
  replaceChild(child, old) {
    this.children[this.children.indexOf(old)] = child;
    child.parentNode = this;
  }
  cloneNode() {
    return new Element(this.name);
  }
  addEventListener() {}
  get childNodes() {
    return this.children;
  }
  textLength() {
    return this.text.length + this.children.reduce((sum, child) => sum + child.textLength(), 0);
  }
}

const document = {
  body: new Element("body"),
  title: "",
  location: { search: "" },
  createElement: (name) => new Element(name),
  createTextNode: (text) => Object.assign(new Element("#text"), { text: String(text) }),
};
const context = vm.createContext({ document, performance, URLSearchParams, console, FileReader: class {}, window: {} });
const [viewer, file] = process.argv.slice(2);
vm.runInContext(fs.readFileSync(viewer, "utf8"), context);
context.fileText = fs.readFileSync(file, "utf8");
vm.runInContext(
  `onLoad();
   gSelect.selectedIndex = 0;
   gFilename = "profile";
   gData = JSON.parse(fileText);
   buildTree();
   drawn = 0;
   gSelectData.forEach((metric, index) => {
     if (metric.enable(gData.bklt, gData.bkacc)) {
       gSelect.selectedIndex = index;
       displayTree(0, 0, 0);
       drawn++;
     }
   });`,
  context
);
const root = vm.runInContext("gRoot", context);
const figures = { drawn: context.drawn, text: document.body.textLength(), points: vm.runInContext("gData.pps.length", context) };
for (const name of ["_totalBytes", "_totalBlocks", "_totalLifetimes", "_atTGmaxBytes", "_atTGmaxBlocks", "_atTEndBytes", "_atTEndBlocks"])
  figures[name] = root[name];
console.log(JSON.stringify(figures));
