// Written by parameters.py from the library's table of parameters.

/** Layers as the library writes them, "relu3_2=0.5,relu4_2", or a list, or weights by name. */
export type Layers = string | readonly string[] | { readonly [layer: string]: number };
/** "auto", "none", "64:100,128", or a list of sizes, each with its evaluations or without. */
export type Sizes = string | readonly (number | readonly [number, number])[];

/** Every option; undefined leaves an option at its default. */
export interface Parameters {
    /** All parameters that define an approach; set before the others. */
    preset?: "content" | "photo" | "baseline" | "gatys" | "johnson";
    /** Longer side of the result; 0: the content's own. In pixels. Default: 512. */
    size?: number;
    /** How long the picture is worked on: about 3, 9, 20 or 50 evaluations at the last size and what they cost at those before; steps and sizes replace it. */
    effort?: "instant" | "draft" | "normal" | "fine";
    /** Evaluations of the objective at the last size; 0: by effort. In evaluations. */
    steps?: number;
    /** Auto: size halved down to 64; none: size alone; or longer sides from coarse to fine, each with its evaluations, such as 64:100,128:80,512:30, which replace size and steps; a smaller one after the largest so far changes what it sees of that picture. */
    sizes?: Sizes;
    /** Where the pixels start; recolored: the content in the colours of the style. */
    init?: "content" | "noise" | "image" | "recolored";
    /** Seed of the noise. Default: 0. */
    seed?: number;
    /** The solver. */
    optimizer?: "lbfgs" | "adam";
    /** How much the content counts. */
    contentWeight?: number;
    /** How much the style counts. */
    styleWeight?: number;
    /** Layers at which content is compared, such as conv2_2 or relu3_2=0.5,relu4_2. */
    contentLayers?: Layers;
    /** Layers at which style is compared, with weights in the same way. */
    styleLayers?: Layers;
    /** Size of a style picture relative to the result, by the square roots of their areas; more for larger strokes; 0: its own size. In times the picture. */
    styleScale?: number;
    /** What is compared of the style: Gram matrices; means and covariances; only the mean and deviation of each channel, which is gentler; or the Wasserstein distance by means and covariances. */
    styleLoss?: "gram" | "centred" | "meanstd" | "w2";
    /** Whose colours the result has: the style's; match: the content's mean and range of colours, to which the style is recoloured; luma: the colour of each pixel of the content, with only its lightness painted; both: luma from the recoloured style. Default: style. */
    color?: "style" | "match" | "luma" | "both";
    /** How several styles are blended: one loss with a mixed target, or a loss for each style. Default: target. */
    blend?: "target" | "loss";
    /** How the losses are normalised. */
    form?: "relative" | "mean" | "gatys" | "sum";
    /** Total variation: smooths the result. */
    tvWeight?: number;
    /** Penalty on pixels outside 0..1. */
    rangeWeight?: number;
    /** How much the result keeps to the edges of the content, as a photograph must: its matting Laplacian; such as 1000. */
    mattingWeight?: number;
    /** Gives the finished picture the gradients of the content, by a screened Poisson equation: what differs from the content over less than this is smoothed; 0: not at all. In times the longer side. */
    poissonRadius?: number;
    /** What convolutions read beyond the border. */
    padding?: "zero" | "reflect" | "replicate";
    /** How maps are halved. */
    pooling?: "max" | "average";
    /** Number of threads, which does not change the result; 0: every core that the process may use. In threads. Default: 0. */
    threads?: number;
    /** The most memory to take, such as 800M or 1G: larger pictures are computed in exact tiles; 0: no limit. In bytes. Default: 0. */
    memoryLimit?: number | string;
    /** Instruction set; auto is the best of this machine. Default: auto. */
    simd?: "auto" | "generic" | "sse2" | "avx2" | "avx512" | "neon";
    /** Method of the convolutions. Default: auto. */
    convolution?: "auto" | "direct" | "winograd4" | "winograd6";
    /** Matrix products by libnst's own kernel or by the BLAS. Default: auto. */
    gemm?: "auto" | "own" | "cblas";
    /** L-BFGS: curvature pairs kept; fewer if a memory limit needs it. In pairs. Default: 10. */
    history?: number;
    /** L-BFGS: bits of a number in the curvature pairs; auto: 32, or 16 if a memory limit needs it. Default: auto. */
    historyBits?: "auto" | "16" | "32" | 16 | 32;
    /** L-BFGS: a folder for a file with the curvature pairs, reserved at the start and gone at the end; none: in memory. */
    scratch?: string;
    /** L-BFGS: sufficient decrease of the line search. Default: 1e-4. */
    wolfeC1?: number;
    /** L-BFGS: curvature condition of the line search; above wolfe-c1. Default: 0.9. */
    wolfeC2?: number;
    /** L-BFGS: most evaluations in one line search. In evaluations. Default: 20. */
    lineEvaluations?: number;
    /** Most evaluations in one minimisation. In evaluations. Default: 1000. */
    maxEvaluations?: number;
    /** Stop when the largest absolute value of the gradient is below this. Default: 0. */
    gradientTolerance?: number;
    /** Stop when an iteration gains less than this part of the value. Default: 0. */
    valueTolerance?: number;
    /** Adam: step, in units of the variables. Default: 0.02. */
    learningRate?: number;
    /** Adam: decay of the first moment. Default: 0.9. */
    beta1?: number;
    /** Adam: decay of the second moment. Default: 0.999. */
    beta2?: number;
    /** Adam: added to the root of the second moment. Default: 1e-8. */
    epsilon?: number;
    /** Adam: the step is divided by 1 + decay times the number of steps. Default: 0. */
    decay?: number;
    /** Adam: decay of the running average of the iterates, which becomes the result if its value is lower; 0: none. Default: 0. */
    average?: number;
    /** The point that a minimisation returns: the one with the lowest value, or the last, for noisy objectives. */
    result?: "best" | "last";
}
