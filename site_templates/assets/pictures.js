// A wide graph opens at the entry that the page is about.
"use strict";

for (const box of document.querySelectorAll(".hb-graph-box")) {
  const focus = box.querySelector(".hb-node--focus");
  if (!focus || box.scrollWidth <= box.clientWidth) continue;
  const node = focus.getBoundingClientRect();
  const frame = box.getBoundingClientRect();
  box.scrollLeft += node.left + node.width / 2 - frame.left - frame.width / 2;
}
