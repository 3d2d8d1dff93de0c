// Trees of codes that open where they are, a level at a time. Without JavaScript each code is a link to its page.
(() => {
  const branch = (code) => {
    const item = document.createElement("li");
    const link = Object.assign(document.createElement("a"), { href: code.href });
    link.append(Object.assign(document.createElement("span"), { className: "code", textContent: code.code }), ` ${code.display}`);
    item.append(link);
    if (code.inactive) item.append(" ", Object.assign(document.createElement("span"), { className: "pill warn", textContent: "inactive" }));
    if (code.below) Object.assign(item.dataset, { below: code.below, count: code.count });
    return item;
  };

  const load = async (item, button) => {
    const response = await fetch(item.dataset.below);
    if (!response.ok) { location.href = item.querySelector("a").href; return; }
    const found = await response.json();
    const list = Object.assign(document.createElement("ul"), { className: "tree" });
    list.append(...found.codes.map(branch));
    if (found.more) {
      const rest = document.createElement("li");
      rest.append(Object.assign(document.createElement("a"), { href: found.more, textContent: `${item.dataset.count - found.codes.length} more` }));
      list.append(rest);
    }
    openable(list);
    item.append(list);
    button.setAttribute("aria-expanded", "true");
  };

  const openable = (list) => list.querySelectorAll(":scope > [data-below]").forEach((item) => {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "opens" });
    button.setAttribute("aria-expanded", "false");
    button.setAttribute("aria-label", `Codes below ${item.querySelector(".code").textContent}`);
    button.addEventListener("click", () => {
      const below = item.querySelector(":scope > ul");
      if (!below) { load(item, button); return; }
      below.hidden = !below.hidden;
      button.setAttribute("aria-expanded", String(!below.hidden));
    });
    item.prepend(button);
    item.querySelector("a").after(Object.assign(document.createElement("span"), { className: "muted small count", textContent: ` ${Number(item.dataset.count).toLocaleString("en")}` }));
  });

  document.querySelectorAll("[data-tree]").forEach(openable);
})();
