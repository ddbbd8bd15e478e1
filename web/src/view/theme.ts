import { byId } from "./dom";

const THEMES = ["light dark", "light", "dark"] as const;
const LABELS = { "light dark": "Theme: as the system", light: "Theme: light", dark: "Theme: dark" };

/** Light, dark, or whatever the system says. `onChange` is called when colours have become others. */
export function startTheme(onChange: () => void = () => {}): void {
    const switcher = byId("theme");
    let theme = 0;
    const apply = (): void => {
        document.documentElement.style.colorScheme = THEMES[theme];
        switcher.textContent = LABELS[THEMES[theme]];
        onChange();
    };
    switcher.addEventListener("click", () => {
        theme = (theme + 1) % THEMES.length;
        apply();
    });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", onChange);
    matchMedia("print").addEventListener("change", onChange);
    apply();
}
