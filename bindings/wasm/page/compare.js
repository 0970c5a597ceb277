// The wall: the picture, the painting over it, and the divider between the two.
import { strings } from "./strings.js";
import { reduced } from "./pictures.js";

const FADE = 220; // ms from one preview to the next
const SHOWN = 1400; // pixels on a side: what the largest screens show

export class Wall {
    #wall = document.getElementById("wall");
    #frame = document.getElementById("frame");
    #before = document.getElementById("before");
    #after = document.getElementById("after");
    #divider = document.getElementById("divider");
    #compare = document.getElementById("compare");
    #still = matchMedia("(prefers-reduced-motion: reduce)");
    #fading = 0; // the request of the next step, 0 where there is none
    #draw = () => {}; // draws the last picture, whole

    constructor() {
        this.#compare.addEventListener("input", () => this.#divide());
        this.#frame.addEventListener("pointerdown", (event) => this.#drag(event));
    }

    /** Hangs PICTURE, with no painting over it. */
    hang(picture) {
        const shown = reduced(picture.canvas, SHOWN);
        this.#before.width = shown.width;
        this.#before.height = shown.height;
        this.#before.getContext("2d").drawImage(shown, 0, 0);
        this.#before.setAttribute("aria-label", picture.name);
        this.#wall.style.setProperty("--ratio", shown.width / shown.height);
        this.#setPainted(false);
    }

    /** Starts a painting of WIDTH x HEIGHT pixels: one over the last where KEEP is true. */
    start(keep, width, height, label) {
        if (!keep || this.#after.hidden) {
            this.#after.width = width;
            this.#after.height = height;
            this.#after.getContext("2d").drawImage(this.#before, 0, 0, width, height);
        }
        this.#compare.value = 0;
        this.#after.setAttribute("aria-label", label);
        this.#setPainted(true);
        this.#divide();
    }

    /** Fades to PICTURE (ImageData), which may be smaller than the painting will be: then it is out of focus. */
    show(picture) {
        const source = new OffscreenCanvas(picture.width, picture.height);
        source.getContext("2d").putImageData(picture, 0, 0);
        const context = this.#after.getContext("2d");
        context.imageSmoothingQuality = "high";
        const larger = this.#after.width / picture.width;
        context.filter = larger > 1.2 ? `blur(${0.5 * larger}px)` : "none";
        const draw = (alpha) => {
            context.globalAlpha = alpha;
            context.drawImage(source, 0, 0, this.#after.width, this.#after.height);
        };
        this.#stopFading();
        if (this.#still.matches) return draw(1);
        this.#draw = () => draw(1);
        const from = performance.now();
        const step = (now) => {
            const done = now - from >= FADE;
            draw(done ? 1 : 0.25);
            this.#fading = done ? 0 : requestAnimationFrame(step);
        };
        step(from);
    }

    /** Shows the finished PICTURE (ImageData), pixel by pixel. */
    finish(picture) {
        if (this.#after.width !== picture.width || this.#after.height !== picture.height) {
            this.#after.width = picture.width;
            this.#after.height = picture.height;
            this.#after.getContext("2d").putImageData(picture, 0, 0);
        }
        this.show(picture);
    }

    /** The painting as a PNG file; a fade ends first. */
    toBlob() {
        if (this.#fading) this.#draw();
        this.#stopFading();
        return new Promise((resolve) => this.#after.toBlob(resolve, "image/png"));
    }

    #stopFading() {
        cancelAnimationFrame(this.#fading);
        this.#fading = 0;
    }

    #setPainted(painted) {
        this.#stopFading();
        for (const element of [this.#after, this.#divider, this.#compare]) element.hidden = !painted;
    }

    #divide() {
        const percent = Number(this.#compare.value);
        this.#frame.style.setProperty("--divide", `${percent}%`);
        this.#frame.classList.toggle("at-start", percent === 0);
        this.#compare.setAttribute("aria-valuetext", strings.compareValue(percent));
    }

    #drag(event) {
        if (this.#compare.hidden || event.button !== 0) return;
        const box = this.#frame.getBoundingClientRect();
        const move = (moved) => {
            this.#compare.value = Math.round((100 * (moved.clientX - box.left)) / box.width);
            this.#divide();
        };
        const end = () => {
            this.#frame.removeEventListener("pointermove", move);
            for (const name of ["pointerup", "pointercancel"]) this.#frame.removeEventListener(name, end);
        };
        event.preventDefault();
        this.#frame.setPointerCapture(event.pointerId);
        this.#frame.addEventListener("pointermove", move);
        for (const name of ["pointerup", "pointercancel"]) this.#frame.addEventListener(name, end);
        move(event);
        this.#compare.focus({ preventScroll: true });
    }
}
