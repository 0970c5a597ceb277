// The loss curve: one line for each size, on a logarithmic axis.
import { strings } from "./strings.js";

const WIDTH = 320;
const HEIGHT = 96;
const SVG = "http://www.w3.org/2000/svg";

export class Curve {
    #root;
    #points = []; // { evaluations, loss, level }

    constructor(root) {
        this.#root = root;
        this.clear();
    }

    clear() {
        this.#points = [];
        const note = Object.assign(document.createElement("p"), { className: "note", textContent: strings.curveEmpty });
        this.#root.replaceChildren(note);
    }

    add({ evaluations, loss, level }) {
        if (Number.isFinite(loss) && loss > 0) this.#points.push({ evaluations, loss, level });
        if (this.#points.length > 1 && this.#root.closest("details")?.open) this.draw();
    }

    draw() {
        if (this.#points.length < 2) return;
        const [first, last] = [this.#points[0], this.#points.at(-1)];
        const losses = this.#points.map((point) => Math.log(point.loss));
        const [low, high] = [Math.min(...losses), Math.max(...losses)];
        const x = ({ evaluations }) =>
            (WIDTH * (evaluations - first.evaluations)) / (last.evaluations - first.evaluations || 1);
        const y = ({ loss }) => 4 + ((HEIGHT - 8) * (high - Math.log(loss))) / (high - low || 1);
        const svg = document.createElementNS(SVG, "svg");
        svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
        svg.setAttribute("role", "img");
        const [before, after] = [first, last].map(({ loss }) => loss.toPrecision(2));
        svg.setAttribute("aria-label", strings.curveLabel(last.evaluations, before, after));
        for (const level of new Set(this.#points.map((point) => point.level))) {
            const line = document.createElementNS(SVG, "polyline");
            const points = this.#points.filter((point) => point.level === level);
            const pairs = points.map((point) => `${x(point).toFixed(1)},${y(point).toFixed(1)}`);
            line.setAttribute("points", pairs.join(" "));
            svg.append(line);
        }
        this.#root.replaceChildren(svg);
    }
}
