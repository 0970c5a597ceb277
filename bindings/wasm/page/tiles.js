// A row of small pictures to choose from: one of them (radio buttons) or several (check boxes).
import { reduced } from "./pictures.js";
import { strings } from "./strings.js";

const THUMBNAIL = 224; // pixels: twice what is shown

export class Tiles {
    #root;
    #type;
    #onChange;
    #items = []; // { picture, element, input, own }

    constructor(root, type, onChange) {
        this.#root = root;
        this.#type = type;
        this.#onChange = onChange;
    }

    get chosen() {
        return this.#items.filter((item) => item.input.checked).map((item) => item.picture);
    }

    isExample(picture) {
        return this.#items.some((item) => item.picture === picture && !item.own);
    }

    /** Adds PICTURE before the buttons. The first of the visitor's OWN takes the place of the examples, which stay. */
    add(picture, { chosen, own }) {
        if (own) for (const item of this.#items) item.input.checked &&= item.own;
        const element = document.createElement("div");
        element.className = "tile";
        const label = document.createElement("label");
        const input = Object.assign(document.createElement("input"), { type: this.#type, name: this.#root.id });
        input.checked = chosen;
        input.setAttribute("aria-label", picture.name);
        input.addEventListener("change", () => this.#changed(item));
        label.title = picture.name;
        label.append(input, reduced(picture.canvas, THUMBNAIL));
        element.append(label);
        const item = { picture, element, input, own };
        if (own) element.append(this.#removeButton(item));
        this.#root.insertBefore(element, this.#root.querySelector("button.tile"));
        this.#items.push(item);
        this.#changed(item);
    }

    /** A picture that paints ALONE is chosen without others. */
    #changed(item) {
        const excludes = (other) => other !== item && (item.picture.alone || other.picture.alone);
        if (item.input.checked) for (const other of this.#items.filter(excludes)) other.input.checked = false;
        this.#onChange();
    }

    #removeButton(item) {
        const button = Object.assign(document.createElement("button"), { type: "button", className: "remove" });
        button.setAttribute("aria-label", strings.remove(item.picture.name));
        button.addEventListener("click", () => {
            item.element.remove();
            item.picture.painter?.close();
            this.#items.splice(this.#items.indexOf(item), 1);
            const next = this.#items.find((other) => other.input.checked) ?? this.#items[0];
            if (next) {
                next.input.checked = true;
                next.input.focus();
            }
            this.#onChange();
        });
        return button;
    }
}
