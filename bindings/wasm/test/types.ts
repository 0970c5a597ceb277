// Read by tsc alone: programs that have to be right, and mistakes that it has to find.
import { capabilities, NstError, type Options, paint, type Painted, Painter, type Painting, parameters, presets, stylize, Transfer, version } from "libnst";

const pixels = { width: 1, height: 1, data: new Uint8ClampedArray(4) };

export async function right(file: Blob, image: HTMLImageElement, canvas: OffscreenCanvas): Promise<Painting> {
    const options: Options = {
        size: 256, effort: "draft", styleLayers: { relu1_1: 1 }, contentLayers: ["conv2_2"], sizes: [[64, 10], 128], historyBits: 16,
        memoryLimit: "800M", signal: AbortSignal.timeout(1000), preview: 100, weights: file, threads: 2,
        onProgress: ({ fraction, picture }) => console.log(fraction.toFixed(2), picture?.width),
    };
    await stylize(file, [image, { picture: canvas, weight: 2, mask: pixels }], options);
    const transfer = await Transfer.create({ weights: new ArrayBuffer(8) });
    await transfer.setContent("town.jpg");
    await transfer.setStyles(new URL("https://localhost/painting.jpg"));
    await transfer.set({ contentWeight: 0.1, preset: "photo" });
    const bytes: number = await transfer.memory();
    const painting = await transfer.run();
    const again = await transfer.resume({ evaluations: 3 });
    transfer.close();
    console.log(bytes, version.length, presets["content"], capabilities().note, again.warnings.length, (await painting.toBlob("image/jpeg", 0.9)).size);
    for (const { key, choices } of parameters) console.log(key, choices.length);
    const painter = await Painter.create(file, { threads: 1 });
    const painted: Painted = await painter.paint(image, { strength: 0.5, signal: AbortSignal.timeout(1000) });
    console.log(painter.style, painter.training, painted.width, (await paint(canvas, { painter })).toImageData().height);
    await paint("town.jpg", { painter: new URL("https://localhost/night.nstpaint"), threads: 1, strength: 0.7 });
    painter.close();
    return painting;
}

export async function wrong(error: unknown): Promise<void> {
    // @ts-expect-error: a misspelt option
    await stylize(pixels, pixels, { sise: 3 });
    // @ts-expect-error: a choice that does not exist
    await stylize(pixels, pixels, { effort: "most" });
    // @ts-expect-error: no style
    await stylize(pixels);
    // @ts-expect-error: a number is no picture
    await stylize(3, pixels);
    // @ts-expect-error: made by create() alone
    new Transfer();
    // @ts-expect-error: evaluations are of resume
    await (await Transfer.create()).run({ evaluations: 3 });
    // @ts-expect-error: no painter
    await paint(pixels, { strength: 1 });
    // @ts-expect-error: a painter paints, it does not run
    await (await Painter.create("night.nstpaint")).run();
    if (error instanceof NstError) console.log(error.status.length, error.message);
}
