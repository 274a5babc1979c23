import { InferenceError } from '../errors.js'
import type { Window } from '../format/program.js'
import { buildLayers, createForward, type FloatLayer, type FloatNetwork } from './network.js'
import { createRandom, type Random, shuffle } from './random.js'

/** Labelled samples: `inputs` holds them one after the other, one byte an element. */
export type Dataset = { inputs: Uint8Array; labels: Uint8Array }

/** A layer before training; the last one must give one value for each class, without ReLU. */
export type LayerPlan =
  | { kind: 'dense'; columns: number; relu?: boolean }
  | {
      kind: 'conv2d'
      channels: number
      kernel: readonly [number, number]
      stride?: readonly [number, number]
      padding?: readonly [top: number, left: number, bottom: number, right: number]
    }
  | { kind: 'maxPool'; kernel: readonly [number, number]; stride?: readonly [number, number] }

export type TrainOptions = {
  /** [height, width, channels] or [length]; bytes are scaled to 0 … 1. */
  inputShape: readonly number[]
  layers: readonly LayerPlan[]
  epochs: number
  seed: number
  batchSize?: number
  /** Of Adam, at the start; it falls to zero along a half cosine. */
  learningRate?: number
  /** Images are moved by up to this many pixels, anew each epoch: more data out of the same. */
  shift?: number
  onEpoch?(epoch: number, loss: number): void
}

/**
 * Trains a classifier by softmax cross-entropy and Adam. Deterministic: the same data, options and seed give the same
 * network on the same JavaScript engine.
 *
 * @throws {InferenceError} `invalidNetwork` when data and layers do not fit together
 */
export function trainClassifier(data: Dataset, options: TrainOptions): FloatNetwork {
  const { inputShape, epochs, seed, batchSize = 32, learningRate = 2e-3, shift = 0, onEpoch } = options
  const size = inputShape.reduce((product, n) => product * n, 1)
  const count = data.labels.length
  if (count === 0 || data.inputs.length !== count * size) {
    throw new InferenceError('invalidNetwork', `${count} labels need ${count * size} input bytes.`)
  }
  const random = createRandom(seed)
  const start = initialise(options, random)
  const built = buildLayers(start)
  const layers = built.map(({ layer }) => layer)
  const classes = built.at(-1)!.shape.reduce((product, n) => product * n, 1)
  if (data.labels.some((label) => label >= classes)) {
    throw new InferenceError('invalidNetwork', `A label is not below the ${classes} outputs.`)
  }
  const adam = createAdam(layers.flatMap((layer) => layer.parameters))
  const order = Uint32Array.from({ length: count }, (_, i) => i)
  const input = new Float32Array(size)
  const gradient = new Float32Array(classes)
  const steps = epochs * Math.ceil(count / batchSize)
  let step = 0

  for (let epoch = 0; epoch < epochs; epoch++) {
    shuffle(order, random)
    let loss = 0
    for (let from = 0; from < count; from += batchSize) {
      const batch = order.subarray(from, from + batchSize)
      for (const sample of batch) {
        loadSample(input, data.inputs.subarray(sample * size, (sample + 1) * size), inputShape, shift, random)
        let values: Float32Array = input
        for (const layer of layers) values = layer.forward(values)
        loss += crossEntropy(values, data.labels[sample]!, gradient)
        let back: Float32Array = gradient
        for (let i = layers.length - 1; i >= 0; i--) back = layers[i]!.backward(back, i === 0) ?? back
      }
      const rate = (learningRate * (1 + Math.cos((Math.PI * step++) / steps))) / 2
      adam(rate, batch.length)
    }
    onEpoch?.(epoch, loss / count)
  }

  return {
    ...start,
    layers: start.layers.map((layer, i) => ({ ...layer, ...layers[i]!.exportWeights?.() }) as FloatLayer),
  }
}

/** Share of samples whose largest output is at their label, 0 … 1. */
export function accuracy(data: Dataset, classify: (input: Uint8Array) => number): number {
  const size = data.inputs.length / data.labels.length
  let hits = 0
  data.labels.forEach((label, i) => {
    if (classify(data.inputs.subarray(i * size, (i + 1) * size)) === label) hits++
  })
  return hits / data.labels.length
}

/** The class that a float network gives a sample. */
export function createClassifier(network: FloatNetwork): (input: Uint8Array) => number {
  const forward = createForward(network)
  return (input) => {
    const outputs = forward(input).at(-1)!
    return outputs.indexOf(outputs.reduce((a, b) => Math.max(a, b)))
  }
}

/** He initialisation: deviation √(2 / depth). */
function initialise({ inputShape, layers }: TrainOptions, random: Random): FloatNetwork {
  const done: FloatLayer[] = []
  const network = { inputShape, inputScale: 1 / 255, layers: done }
  let shape = [...inputShape]
  layers.forEach((plan) => {
    if (plan.kind === 'maxPool') {
      done.push({ kind: 'maxPool', window: windowOf(plan) })
    } else {
      const depth =
        plan.kind === 'dense'
          ? shape.reduce((product, n) => product * n, 1)
          : plan.kernel[0] * plan.kernel[1] * (shape[2] ?? 0)
      const outputs = plan.kind === 'dense' ? plan.columns : plan.channels
      const deviation = Math.sqrt(2 / depth)
      const weights = Float32Array.from({ length: outputs * depth }, () => random.normal() * deviation)
      const bias = new Float32Array(outputs)
      done.push(
        plan.kind === 'dense'
          ? { kind: 'dense', columns: outputs, weights, bias, relu: plan.relu ?? false }
          : { kind: 'conv2d', window: windowOf(plan), channels: outputs, weights, bias, relu: true },
      )
    }
    shape = buildLayers({ ...network, layers: done }).at(-1)!.shape
  })
  return network
}

function windowOf(plan: Exclude<LayerPlan, { kind: 'dense' }>): Window {
  const stride = plan.stride ?? (plan.kind === 'maxPool' ? plan.kernel : ([1, 1] as const))
  const padding = 'padding' in plan && plan.padding ? plan.padding : ([0, 0, 0, 0] as const)
  return { kernel: plan.kernel, stride, padding }
}

/** Bytes to 0 … 1, moved by a random offset of at most `shift` pixels; what comes in from outside is zero. */
function loadSample(
  target: Float32Array,
  bytes: Uint8Array,
  shape: readonly number[],
  shift: number,
  random: Random,
): void {
  if (shift === 0 || shape.length !== 3) {
    for (let i = 0; i < target.length; i++) target[i] = bytes[i]! / 255
    return
  }
  const [height, width, channels] = shape as [number, number, number]
  const down = random.integer(2 * shift + 1) - shift
  const right = random.integer(2 * shift + 1) - shift
  target.fill(0)
  for (let row = Math.max(0, down); row < Math.min(height, height + down); row++) {
    for (let column = Math.max(0, right); column < Math.min(width, width + right); column++) {
      const to = (row * width + column) * channels
      const from = ((row - down) * width + column - right) * channels
      for (let c = 0; c < channels; c++) target[to + c] = bytes[from + c]! / 255
    }
  }
}

/** Loss of one sample; `gradient` becomes softmax − one-hot. */
function crossEntropy(outputs: Float32Array, label: number, gradient: Float32Array): number {
  const largest = outputs.reduce((a, b) => Math.max(a, b))
  let sum = 0
  for (let i = 0; i < outputs.length; i++) {
    gradient[i] = Math.exp(outputs[i]! - largest)
    sum += gradient[i]!
  }
  for (let i = 0; i < outputs.length; i++) gradient[i]! /= sum
  const loss = -Math.log(Math.max(gradient[label]!, 1e-12))
  gradient[label]! -= 1
  return loss
}

/** Adam (Kingma & Ba 2015) with its usual constants; gradients are means over the batch and zeroed. */
function createAdam(
  parameters: { values: Float32Array; gradients: Float32Array }[],
): (rate: number, batch: number) => void {
  const [decay1, decay2, epsilon] = [0.9, 0.999, 1e-8]
  const moments = parameters.map(({ values }) => ({
    first: new Float32Array(values.length),
    second: new Float32Array(values.length),
  }))
  let step = 0
  return (rate, batch) => {
    step++
    const scale = (rate * Math.sqrt(1 - decay2 ** step)) / (1 - decay1 ** step)
    parameters.forEach(({ values, gradients }, p) => {
      const { first, second } = moments[p]!
      for (let i = 0; i < values.length; i++) {
        const gradient = gradients[i]! / batch
        gradients[i] = 0
        const mean = decay1 * first[i]! + (1 - decay1) * gradient
        const square = decay2 * second[i]! + (1 - decay2) * gradient * gradient
        first[i] = mean
        second[i] = square
        values[i]! -= (scale * mean) / (Math.sqrt(square) + epsilon)
      }
    })
  }
}
