// Which fields are asked hangs on the answers: the server decides, here too. After an answer the form is kept, and what
// comes back says which fields there are now; those that stay are not touched, so that nothing typed moves.
//
// <form data-asks> … <div data-fields> <div data-field="name"> … Without script the page is simply shown again.

const WAIT = 250;

export function start(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-asks]")) listen(form);
}

function listen(form: HTMLFormElement): void {
  let timer = 0;
  let asked = 0;
  const ask = (): void => {
    clearTimeout(timer);
    timer = window.setTimeout(async () => {
      const turn = ++asked;
      const answer = await send(form);
      if (answer && turn === asked) put(form, answer);
    }, WAIT);
  };
  form.addEventListener("change", (event) => {
    if ((event.target as HTMLInputElement).type !== "file") ask();
  });
  form.addEventListener("rows:changed", ask);
}

async function send(form: HTMLFormElement): Promise<string | undefined> {
  const body = new FormData(form);
  for (const [name, value] of [...body]) if (value instanceof File) body.delete(name);
  try {
    const answer = await fetch(location.href, { method: "POST", body, headers: { "X-Live": "1" }, redirect: "error" });
    if (!answer.ok) return undefined;
    const revision = answer.headers.get("X-Revision");
    if (revision) form.dataset.draftRevision = revision;
    return await answer.text();
  } catch {
    return undefined; // without a network the server decides when it is sent
  }
}

function put(form: HTMLFormElement, html: string): void {
  const box = form.querySelector<HTMLElement>("[data-fields]")!;
  const now = new DOMParser().parseFromString(html, "text/html").body;
  const there = new Map([...box.querySelectorAll<HTMLElement>("[data-field]")].map((it) => [it.dataset.field!, it]));
  const wanted = [...now.children].map((it) => {
    const name = (it as HTMLElement).dataset.field;
    const old = name === undefined ? undefined : there.get(name);
    // A computed value is shown anew; what is being filled in stays as it is.
    return old && !old.querySelector("output") ? old : (it as HTMLElement);
  });
  const focus = document.activeElement;
  let at: Element | null = box.firstElementChild;
  for (const it of wanted) {
    if (it === at) at = at.nextElementSibling;
    else box.insertBefore(it, at);
  }
  while (at) {
    const next: Element | null = at.nextElementSibling;
    at.remove();
    at = next;
  }
  if (focus instanceof HTMLElement && focus.isConnected && focus !== document.activeElement) focus.focus();
}
