// Declares `layerdiff/worker`, which is bundled for browsers and has no module of types. It serves the thread that started
// it as soon as it runs, and exports nothing: give its address to `createEngine({ worker })` or to a `Worker`.
export {}
