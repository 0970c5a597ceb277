// The few parameters that a visitor sets, from the form to the names of the package.
import { SIZES } from "./device.js";
import { strings } from "./strings.js";

const element = (id) => document.getElementById(id);
const STEPS = 12; // of strength: content weights 0.2 to 0.0002, four steps to a factor of ten; 8 is the default 0.002

const contentWeight = (step) => Number((0.2 * 10 ** (-step / 4)).toPrecision(3));
const styleScale = (step) => Number((2 ** (step / 2)).toPrecision(3)); // 0.5 to 4

let painter = false; // whether one is chosen, which has a strength and a size alone
const kept = { paintings: 8, painter: STEPS }; // of strength

/** Fills the form, and calls ONCHANGE when a knob moves. SIZE is the one to begin with. */
export function setUpKnobs(size, onChange) {
    choices("colour", strings.colours, "style");
    choices("effort", strings.efforts, "normal");
    for (const side of SIZES) element("size").add(new Option(strings.pixels(side), side, false, side === size));
    const moved = () => {
        say();
        onChange();
    };
    for (const id of ["strength", "stroke"]) element(id).addEventListener("input", moved);
    for (const id of ["colour", "effort", "size"]) element(id).addEventListener("change", moved);
    say();
}

/** Shows the knobs that a painter has, or all of them. Strength stays where it was left, for either. */
export function setKnobsFor(isPainter) {
    if (isPainter === painter) return;
    const range = element("strength");
    kept[painter ? "painter" : "paintings"] = range.value;
    painter = isPainter;
    range.value = kept[painter ? "painter" : "paintings"];
    for (const knob of document.querySelectorAll("[data-run]")) knob.hidden = painter;
    say();
}

/** 0..1, of a painter. */
export const strength = () => Number(element("strength").value) / STEPS;

/** The parameters as the package names them. */
export function parameters() {
    const checked = (name) => document.querySelector(`input[name=${name}]:checked`).value;
    return {
        size: Number(element("size").value),
        effort: checked("effort"),
        contentWeight: contentWeight(Number(element("strength").value)),
        styleScale: styleScale(Number(element("stroke").value)),
        color: checked("colour"),
    };
}

export function setSize(size) {
    if (!SIZES.includes(size)) element("size").add(new Option(strings.pixels(size), size));
    element("size").value = size;
}

function say() {
    const [range, stroke] = [element("strength"), element("stroke")];
    const step = Number(range.value);
    range.setAttribute("aria-valuetext", painter ? strings.share(strength()) : strings.strengthValue(step, STEPS));
    stroke.setAttribute("aria-valuetext", strings.strokeValue(styleScale(Number(stroke.value))));
    for (const { value, min, max, style } of [range, stroke]) style.setProperty("--part", (value - min) / (max - min));
}

function choices(name, texts, chosen) {
    const row = Object.assign(document.createElement("div"), { className: "segments" });
    for (const [value, text] of Object.entries(texts)) {
        const label = document.createElement("label");
        const input = Object.assign(document.createElement("input"), { type: "radio", name, value });
        input.checked = value === chosen;
        label.append(input, Object.assign(document.createElement("span"), { textContent: text }));
        row.append(label);
    }
    element(name).append(row);
}
