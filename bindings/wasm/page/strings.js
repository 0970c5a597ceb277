// Every word of the page. For another language, translate this file.
const seconds = (s) => (s < 1.5 ? "1 second" : s < 90 ? `${Math.round(s)} seconds` : `${Math.round(s / 60)} minutes`);
const brief = (s) => (s < 0.95 ? `${Math.max(s, 0.1).toFixed(1)} seconds` : seconds(s));
const list = (names) => names.join(names.length > 2 ? ", " : " and ");

export const strings = {
    title: "A picture, painted",
    privacy: "Painted on this device. No picture leaves it.",

    wall: "The picture",
    panel: "What is painted, and how",
    compare: "Before and after",
    progress: "Progress",
    picture: "Picture",
    painting: "In the style of",
    choose: "Choose",
    camera: "Camera",
    add: "Add",
    take: "Take the picture",
    close: "Close",
    remove: (name) => `Remove ${name}`,
    dropPicture: "Drop a picture here",
    dropPainting: "Drop paintings here",

    town: "Town on a river",
    strokes: "Swirling strokes",
    mosaic: "Stone mosaic",
    dots: "Coloured dots",
    pasted: "Pasted picture",
    photographed: "Photograph",

    strength: "Strength",
    strengthLow: "the picture",
    strengthHigh: "the painting",
    strengthValue: (step, steps) =>
        step === 8 ? "balanced" : `${step} of ${steps}, ${step < 8 ? "more of the picture" : "more of the painting"}`,
    share: (part) => `${Math.round(100 * part)} % painted`,
    stroke: "Strokes",
    strokeLow: "fine",
    strokeHigh: "broad",
    strokeValue: (scale) => `${Number(scale.toFixed(1))} times as large`,
    colour: "Colours of",
    colours: { style: "Painting", match: "Both", luma: "Picture" },
    effort: "Effort",
    efforts: { instant: "Instant", draft: "Draft", normal: "Normal", fine: "Fine" },
    size: "Size",
    pixels: (n) => `${n} pixels`,
    more: "More",
    network: "Network",
    networkBuiltIn: "The small network that is built in. For VGG-19 itself, which takes two to three times as long, " +
        "drop a file with its weights, or choose one.",
    networkFile: (name) => `The weights of ${name}.`,
    chooseNetwork: "Choose weights",
    builtIn: "Use the built-in network",
    curve: "Loss",
    curveEmpty: "The curve appears while a picture is painted.",
    curveLabel: (evaluations, first, last) => `The loss fell from ${first} to ${last} in ${evaluations} evaluations`,

    paint: "Paint",
    paintAgain: "Paint again",
    goOn: "Go on",
    stop: "Stop",
    save: "Save PNG",
    fileName: (picture, paintings) => `${picture}, after ${list(paintings)}.png`,

    ready: (width, height) => `${width} × ${height} pixels`,
    invitation: "Drop a picture anywhere, paste one, or choose.",
    invitationTouch: "Choose a picture of your own, or take one.",
    after: (paintings) => `after ${list(paintings)}`,
    starting: "Preparing the painting",
    level: (side, last) => (side < last ? `Painting at ${side} of ${last} pixels` : `Painting at ${last} pixels`),
    left: (s) => `about ${seconds(s)} left`,
    done: (width, height, s) => `${width} × ${height} pixels, painted in ${seconds(s)}`,
    atOnce: (width, height, s) => `${width} × ${height} pixels, painted in ${brief(s)}`,
    smallPainting: (name) => `${name} has few pixels, so its strokes are blurred: take a larger one, or finer strokes.`,
    stopped: (width, height) => `Stopped. ${width} × ${height} pixels`,
    pictureBefore: (name) => `${name}, before`,
    pictureAfter: (name, paintings) => `${name}, painted after ${list(paintings)}`,
    compareValue: (percent) =>
        percent === 0 ? "all painted" : percent === 100 ? "all as before" : `${percent} % as before, the rest painted`,

    chosenFor: (what, pixels) => `${pixels} pixels suit this device: ${what}.`,
    cores: (n) => (n === 1 ? "1 core" : `${n} cores`),
    gigabytes: (n) => `${n} GB of memory or more`,
    phone: "a small screen",
    oneThread: "one thread",
    oneThreadWhy: {
        insecure: "Only one thread is used, because the page was opened without HTTPS.",
        noWorker: "Only one thread is used: the server does not isolate the page, and this browser lets no service " +
            "worker do it.",
        reload: "Only one thread is used until the page is loaded again.",
    },

    noPicture: (name) => `${name} is not a picture that this browser reads. JPEG, PNG, WebP and AVIF are read by most.`,
    noPictureDropped: "No picture was found in what was dropped or pasted.",
    tooLarge: (name, megapixels, most) =>
        `${name} is too large: it has ${megapixels} megapixels, and ${most} is the most.`,
    tooLargeFile: (name, megabytes, most) => `${name} is too large: it has ${megabytes} MB, and ${most} is the most.`,
    tooSmall: (name, least) => `${name} is too small: both sides must have at least ${least} pixels.`,
    noPainter: (name, message) => `${name} cannot paint: ${message}`,
    noPainting: "Choose at least one painting for the style.",
    smaller: (wanted, size) => `There was not enough memory for ${wanted} pixels. The picture is painted at ${size}.`,
    noMemory: (size) => `There is not enough memory, even at ${size} pixels. Close other pages and try again.`,
    noWebAssembly: "This browser has no WebAssembly, or it is turned off. The picture cannot be painted here.",
    noSimd: "This browser is too old: it has WebAssembly without SIMD. The picture cannot be painted here.",
    noCamera: "The camera could not be opened.",
    failed: (message) => `The picture could not be painted: ${message}`,
};

/** Gives every element with data-text its words and every element with data-label its label. */
export function fillIn(root) {
    for (const element of root.querySelectorAll("[data-text]")) element.textContent = strings[element.dataset.text];
    for (const element of root.querySelectorAll("[data-label]"))
        element.setAttribute("aria-label", strings[element.dataset.label]);
}
