/** The only ways in which the page makes elements: names from a recording become text, never markup. */
type Child = Node | string;

export function element<Tag extends keyof HTMLElementTagNameMap>(
    tag: Tag,
    attributes: Record<string, string> = {},
    ...children: Child[]
): HTMLElementTagNameMap[Tag] {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
}

export function button(attributes: Record<string, string>, label: Child, onClick: () => void): HTMLButtonElement {
    const made = element("button", { type: "button", ...attributes }, label);
    made.addEventListener("click", onClick);
    return made;
}

/** An element of report.html or diff.html. */
export function byId<Type extends HTMLElement = HTMLElement>(id: string): Type {
    return document.getElementById(id) as Type;
}

/** A rounded figure, with the exact one where the pointer rests on it. */
export function figure(text: string, exact: string): HTMLElement {
    return element("span", { title: exact }, text);
}

/** A bar of part / whole, for the eye only: the figure stands beside it. */
export function bar(part: number, whole: number, colourClass = ""): HTMLElement {
    const fill = element("span", { class: `fill ${colourClass}` });
    fill.style.width = `${whole ? (100 * part) / whole : 0}%`;
    return element("span", { class: "bar", "aria-hidden": "true" }, fill);
}
