/* What the browser does by itself: draw panels without losing focus, scrolling or selection; hand every click to the
   program as an action with fields; copy, drop, pick files, move between panes, enlarge a page, say that the program
   has ended. What stands in the panels is not decided here. */
(() => {
  "use strict";

  let send = null;
  let upload = null;
  const waiting = [];
  const MEMO = "footnote.memo", DRAFT = "footnote.draft", PANE = "footnote.pane";
  const $ = (selector, within = document) => within.querySelector(selector);

  const act = (fields) => (send ? send(fields) : waiting.push(fields));

  function mount(element, props, watch) {
    const panel = $(".panel", element);
    const draw = () => {
      const template = document.createElement("template");
      template.innerHTML = props.value || "";
      const scroller = $("#chat-scroll");
      const atEnd = scroller && scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 120;
      window.footnoteMorph(panel, template.content);
      drawn(panel, scroller, atEnd);
    };
    watch("value", draw);
    draw();
  }

  let lastTurn = "";
  const scrolledTo = new Map();

  function drawn(panel, scroller, atEnd) {
    const memo = $("[data-memo]", panel);
    if (memo) remember(memo.dataset.memo);
    modal();
    const focus = $("[data-focus]", panel);
    if (focus && !focus.dataset.focused) {
      focus.dataset.focused = "yes";
      focus.focus();
    }
    const target = $("[data-scroll]", panel);
    if (target && scrolledTo.get(panel) !== target.dataset.scroll) {
      requestAnimationFrame(() => bringIntoView(target));
    }
    scrolledTo.set(panel, target ? target.dataset.scroll : "");
    followChat(scroller, atEnd);
    composer();
    showPane();
    showZoom();
  }

  /* Only the pane that holds it moves: scrollIntoView would push the whole page about. */
  function bringIntoView(target) {
    let pane = target.parentElement;
    while (pane && !/auto|scroll/.test(getComputedStyle(pane).overflowY)) pane = pane.parentElement;
    if (!pane) return;
    const box = target.getBoundingClientRect(), frame = pane.getBoundingClientRect();
    const above = Math.max(12, (frame.height - box.height) / 2);
    const left = pane.scrollLeft + box.left - frame.left - 12;
    pane.scrollTo({ top: pane.scrollTop + box.top - frame.top - above, left, behavior: "smooth" });
  }

  /* A new question is brought into view; a growing answer keeps the end in view while the person is there. */
  function followChat(scroller, atEnd) {
    if (!scroller) return;
    const turns = scroller.querySelectorAll(".turn");
    const last = turns.length ? turns[turns.length - 1].id : "";
    if (last !== lastTurn || atEnd) scroller.scrollTop = scroller.scrollHeight;
    lastTurn = last;
  }

  function composer() {
    const box = $("#question textarea");
    if (restored && box && !box.value) sessionStorage.removeItem(DRAFT);
    const running = Boolean($("#panel-live .turn"));
    const button = $("#send");
    if (button) button.disabled = gone || running || !$("#panel-library :is(.doc, .choose)");
  }

  /* ---- the panel that lies over the page ---- */

  let before = null;

  function modal() {
    const veil = $("[data-modal]");
    const desk = $("#desk");
    if (!desk) return;
    if (veil && !desk.inert) {
      before = document.activeElement;
      desk.inert = true;
      $("[data-close]", veil).focus();
    } else if (!veil && desk.inert) {
      desk.inert = false;
      if (before && before.isConnected) before.focus();
    }
  }

  const closeModal = () => act({ ...$("[data-modal] [data-close]").dataset });

  function holdFocus(event) {
    const veil = $("[data-modal]");
    if (!veil || event.key !== "Tab") return;
    const stops = [...veil.querySelectorAll("button:not(:disabled), a[href], input, summary")].filter((each) => each.offsetParent);
    const first = stops[0], last = stops[stops.length - 1];
    if (event.shiftKey ? document.activeElement === first : document.activeElement === last) {
      event.preventDefault();
      (event.shiftKey ? last : first).focus();
    }
  }

  /* ---- what a tab remembers over a reload ---- */

  function remember(memo) {
    sessionStorage.setItem(MEMO, memo);
    localStorage.setItem(MEMO, memo);
  }

  const recall = () => sessionStorage.getItem(MEMO) || localStorage.getItem(MEMO) || "";

  let restored = false;

  function restoreDraft() {
    const box = $("#question textarea");
    const draft = sessionStorage.getItem(DRAFT);
    if (!box) return false;
    restored = true;
    if (draft && !box.value) {
      Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(box, draft);
      box.dispatchEvent(new Event("input", { bubbles: true }));
    }
    return true;
  }

  /* ---- panes of a narrow window ---- */

  let pane = sessionStorage.getItem(PANE) || "chat";

  function showPane(name = pane) {
    pane = name;
    sessionStorage.setItem(PANE, name);
    document.body.dataset.pane = name;
    for (const tab of document.querySelectorAll("nav.panes button")) {
      if (tab.dataset.pane === name) tab.setAttribute("aria-current", "page");
      else tab.removeAttribute("aria-current");
    }
  }

  /* ---- a page that is too small to read ---- */

  function zoom() {
    document.body.classList.toggle("zoomed");
    const box = $(".drawn .box[data-scroll]");
    if (box) bringIntoView(box);
    showZoom();
  }

  function showZoom() {
    for (const button of document.querySelectorAll("[data-zoom]")) {
      button.setAttribute("aria-pressed", document.body.classList.contains("zoomed"));
    }
  }

  /* ---- a program that has ended, and comes back ---- */

  const STILL_THERE = 3000;
  const MISSED_BEFORE_GONE = 2; /* one request can fail for no reason */
  let gone = false, back = false, missed = 0;

  async function stillThere() {
    if (document.visibilityState !== "visible" || back) return;
    const there = await fetch("robots.txt", { cache: "no-store" }).then(() => true, () => false);
    missed = there ? 0 : missed + 1;
    if (there && gone) {
      back = true;
      location.reload();
    }
    if (gone || missed < MISSED_BEFORE_GONE) return;
    gone = true;
    const line = document.createElement("p");
    line.id = "gone";
    line.setAttribute("role", "alert");
    line.textContent = window.footnoteWords.closed;
    document.body.prepend(line);
    composer();
  }

  /* ---- copying ---- */

  async function copy(button) {
    const text = button.dataset.copy;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      area.setAttribute("readonly", "");
      area.className = "unseen";
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
      button.focus();
    }
    const label = button.textContent;
    if (label === button.dataset.done) return;
    button.textContent = button.dataset.done;
    setTimeout(() => { button.textContent = label; }, 1500);
  }

  /* ---- adding documents ---- */

  const COPIES_AT_ONCE = 3;

  async function add(files) {
    const wanted = [...files].filter((file) => !file.name.startsWith("."));
    if (!wanted.length || !upload) return;
    const copied = [], failed = []; // each file at its own place: a small one overtakes, and is still read in its turn
    const queue = wanted.entries();
    let done = 0;
    copying(done, wanted.length);
    const worker = async () => {
      for (const [place, file] of queue) {
        try {
          const { path } = await upload(file);
          copied[place] = { path, name: file.name, folder: folderOf(file) };
        } catch {
          failed[place] = file.name;
        }
        copying(++done, wanted.length);
      }
    };
    await Promise.all(Array.from({ length: COPIES_AT_ONCE }, worker));
    copying(0, 0);
    const names = present(failed).join(", ");
    const problem = names && window.footnoteWords.notCopied.replace("{names}", () => names);
    act({ action: "add", files: JSON.stringify(present(copied)), problem });
  }

  const present = (places) => places.filter(() => true); // filter passes over places that nothing was put into

  /* Where in a folder that was dropped or chosen a file lies: "Contracts/2024", or nothing for a file by itself. */
  const folders = new WeakMap();

  function folderOf(file) {
    const path = folders.get(file) || file.webkitRelativePath || "";
    return path.split("/").slice(0, -1).filter(Boolean).join("/");
  }

  function copying(done, all) {
    const line = $("#copying");
    if (line) line.textContent = all ? `Copying ${Math.min(done + 1, all)} of ${all}…` : "";
  }

  async function dropped(items) {
    const entries = [...items].map((item) => item.webkitGetAsEntry && item.webkitGetAsEntry()).filter(Boolean);
    const files = [];
    for (const entry of entries) await walk(entry, files);
    return files;
  }

  async function walk(entry, files) {
    if (entry.isFile) {
      const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
      folders.set(file, entry.fullPath);
      files.push(file);
      return;
    }
    const reader = entry.createReader();
    for (;;) {
      const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
      if (!some.length) return;
      for (const each of some) await walk(each, files);
    }
  }

  const carriesFiles = (event) => event.dataTransfer && [...event.dataTransfer.types].includes("Files");

  /* ---- what the person does ---- */

  function onClick(event) {
    const target = event.target.closest("[data-action], [data-copy], [data-pane], [data-pick], [data-zoom]");
    if (!target || target.disabled || ["SELECT", "FORM", "BODY"].includes(target.nodeName)) {
      if (event.target.matches && event.target.matches("[data-modal]")) closeModal();
      return;
    }
    if (target.dataset.copy !== undefined) return void copy(target);
    if (target.dataset.pick) return void $(`#pick-${target.dataset.pick}`).click();
    if (target.dataset.pane) return void showPane(target.dataset.pane);
    if (target.dataset.zoom !== undefined) return void zoom();
    if (target.type === "radio") return;
    act({ ...target.dataset, ...fieldsOf(target.dataset.form) });
    if (["cite", "page", "turn-back", "evidence"].includes(target.dataset.action)) showPane("evidence");
    if (["open-conversation", "new-conversation", "suggest", "samples"].includes(target.dataset.action)) showPane("chat");
    if (target.dataset.action === "suggest") lastTurn = "";
    /* What was pressed goes with the tab it stood on; the keyboard goes on from the tab that takes its place. */
    if (["page", "turn-back"].includes(target.dataset.action)) $("#tab-body").focus();
  }

  function onChange(event) {
    const target = event.target;
    if (target.type === "file") {
      add(target.files);
      target.value = "";
    } else if (target.dataset && target.dataset.action) {
      act({ ...target.dataset, value: target.value });
    }
  }

  /* What stands in a form that a button elsewhere belongs to. */
  function fieldsOf(selector) {
    return selector ? Object.fromEntries(new FormData($(selector))) : {};
  }

  /* A form's fields go along with its action. */
  function onSubmit(event) {
    const form = event.target.closest("form[data-action]");
    if (!form) return;
    event.preventDefault();
    act({ ...form.dataset, ...Object.fromEntries(new FormData(form)) });
    if (form.closest("details.edit")) {
      fold(form.closest("details.edit"));
      lastTurn = "";
    }
    for (const secret of form.querySelectorAll('input[type="password"]')) secret.value = "";
  }

  function fold(details) {
    details.open = false;
    $("summary", details).focus();
  }

  function onKey(event) {
    holdFocus(event);
    if (event.key === "Escape") {
      if ($("[data-modal]")) closeModal();
      else if (event.target.closest && event.target.closest("details.edit")) fold(event.target.closest("details.edit"));
      else if (event.target.closest && event.target.closest("form[data-action]")) act({ action: "arrange", what: "" });
      else if ($("#panel-live .turn")) act({ action: "stop" });
    }
    const tab = event.target.closest && event.target.closest('[role="tab"]');
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (tab && step) {
      const tabs = [...tab.parentElement.children];
      const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length];
      next.focus();
      next.click();
    }
  }

  /* While an answer is written, Enter must not send the question away before it can be asked. */
  function onEnter(event) {
    const sends = event.key === "Enter" && !event.shiftKey && event.target.matches("#question textarea");
    if (sends && !event.isComposing && $("#send").disabled) event.stopImmediatePropagation();
    if (sends && event.isComposing) event.stopImmediatePropagation();
    if (sends && $("#send").disabled) event.preventDefault();
  }

  function onDrag(event) {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    document.body.classList.toggle("dragging", event.type === "dragover");
  }

  async function onDrop(event) {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    document.body.classList.remove("dragging");
    add(await dropped(event.dataTransfer.items));
  }

  document.addEventListener("click", onClick);
  document.addEventListener("change", onChange);
  document.addEventListener("submit", onSubmit);
  document.addEventListener("keydown", onEnter, true);
  document.addEventListener("keydown", onKey);
  document.addEventListener("dragover", onDrag);
  document.addEventListener("dragleave", onDrag);
  document.addEventListener("drop", onDrop);
  document.addEventListener("input", (event) => {
    if (event.target.matches("#question textarea")) sessionStorage.setItem(DRAFT, event.target.value);
  });
  /* Footnote stops telling a page that nothing happens to; one that is looked at asks to be told on. */
  const ASK_TO_BE_TOLD = 25000;
  setInterval(() => {
    if (send && document.visibilityState === "visible") act({ action: "look" });
  }, ASK_TO_BE_TOLD);
  setInterval(stillThere, STILL_THERE);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") act({ action: "refresh" });
  });

  function connect(trigger, uploadFile) {
    send = trigger;
    upload = uploadFile;
    showPane();
    act({ action: "load", memo: recall() });
    while (waiting.length) send(waiting.shift());
    const timer = setInterval(() => { if (restoreDraft()) clearInterval(timer); }, 100);
  }

  window.footnote = { mount, connect };
})();
