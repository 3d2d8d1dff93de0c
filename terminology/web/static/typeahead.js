// Suggestions while typing: an ARIA combobox over /suggest. Without JavaScript the form works as it is.
(() => {
  const input = document.querySelector("[data-suggest]");
  if (!input) return;
  const list = document.getElementById(input.getAttribute("aria-controls"));
  const system = document.getElementById("system");
  const status = document.getElementById("suggest-status");
  let options = [];
  let selected = -1;
  let newest = 0;
  let timer;

  const close = () => {
    list.hidden = true;
    selected = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };

  const mark = (index) => {
    selected = index;
    [...list.children].forEach((item, i) => item.setAttribute("aria-selected", String(i === index)));
    const item = list.children[index];
    if (item) {
      input.setAttribute("aria-activedescendant", item.id);
      item.scrollIntoView({ block: "nearest" });
    }
  };

  const show = (found) => {
    options = found;
    list.replaceChildren(...found.map((option, i) => {
      const item = document.createElement("li");
      item.id = `suggestion-${i}`;
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", "false");
      const code = Object.assign(document.createElement("span"), { className: "code", textContent: option.code });
      const text = Object.assign(document.createElement("span"), { textContent: option.display });
      const system = Object.assign(document.createElement("span"), { className: "muted small", textContent: option.system });
      text.append(system);
      item.append(code, text);
      item.addEventListener("mousedown", (event) => { event.preventDefault(); location.href = option.href; });
      return item;
    }));
    selected = -1;
    list.hidden = found.length === 0;
    input.setAttribute("aria-expanded", String(found.length > 0));
    status.textContent = found.length ? `${found.length} suggestions, use the arrow keys` : "";
  };

  const ask = async () => {
    const text = input.value.trim();
    if (text.length < 2) { close(); return; }
    const number = ++newest;
    const query = new URLSearchParams({ q: text, system: system ? system.value : "" });
    const response = await fetch(`${input.dataset.suggest}?${query}`);
    if (response.ok && number === newest) show(await response.json());
  };

  input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, 90); });
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
    if (list.hidden) return;
    if (event.key === "ArrowDown") { event.preventDefault(); mark((selected + 1) % options.length); }
    if (event.key === "ArrowUp") { event.preventDefault(); mark((selected + options.length - 1) % options.length); }
    if (event.key === "Enter" && selected >= 0) { event.preventDefault(); location.href = options[selected].href; }
  });
})();
