/* Makes one tree of elements like another and keeps the nodes that are the same thing, so that a panel can be drawn anew
   without losing focus, scrolling or selection. It knows nothing of panels. */
(() => {
  "use strict";

  const keyOf = (node) => node.nodeType === 1 && (node.id || node.dataset.key || "");

  function alike(a, b) {
    return a.nodeType === b.nodeType && a.nodeName === b.nodeName && keyOf(a) === keyOf(b);
  }

  function copyAttributes(from, to) {
    for (const { name } of [...to.attributes]) {
      /* What page.js notes on a node, that it was given the focus once, is in no new drawing. */
      const kept = (name === "open" && "keep" in to.dataset) || name === "data-focused";
      if (!from.hasAttribute(name) && !kept) to.removeAttribute(name);
    }
    for (const { name, value } of from.attributes) if (to.getAttribute(name) !== value) to.setAttribute(name, value);
    if (to.nodeName === "INPUT" && to.type === "radio") to.checked = from.hasAttribute("checked");
  }

  function morph(to, from) {
    if (to.nodeType !== 1) {
      if (to.nodeValue !== from.nodeValue) to.nodeValue = from.nodeValue;
      return;
    }
    copyAttributes(from, to);
    morphChildren(to, from);
    if (to.nodeName === "SELECT" && !("keep" in to.dataset)) to.value = (to.querySelector("option[selected]") || to.options[0]).value;
  }

  function morphChildren(to, from) {
    let here = to.firstChild;
    for (const wanted of [...from.childNodes]) {
      let match = here;
      while (match && !alike(match, wanted)) match = match.nextSibling;
      if (!match) {
        to.insertBefore(wanted.cloneNode(true), here);
        continue;
      }
      while (here !== match) {
        const gone = here;
        here = here.nextSibling;
        gone.remove();
      }
      morph(match, wanted);
      here = match.nextSibling;
    }
    while (here) {
      const gone = here;
      here = here.nextSibling;
      gone.remove();
    }
  }

  window.footnoteMorph = morphChildren;
})();
