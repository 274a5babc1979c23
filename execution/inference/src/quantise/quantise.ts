import { InferenceError } from '../errors.js'
import type { Operator, Output, ProgramSource } from '../format/program.js'
import { buildLayers, createForward, type FloatLayer, type FloatNetwork } from '../train/network.js'

export type QuantiseOptions = {
  /**
   * Inputs that show the range of every activation, one byte an element, one after the other. The training inputs will do:
   * of more than 512 samples an even choice is used.
   */
  calibration: Uint8Array
  /**
   * What the program returns: the last layer's values (i8, scale {@link Quantised.outputScale}), or `classifier`: one byte with
   * the index of the largest, then the values.
   */
  output?: 'values' | 'classifier'
}

export type Quantised = {
  program: ProgramSource
  /** Real value of an output step. */
  outputScale: number
}

/**
 * Post-training quantisation: weights to i8 with a scale for each channel, activations to 8 bits with a scale for each tensor,
 * u8 after a ReLU. Biases carry the exact scale of the accumulators.
 *
 * @throws {InferenceError} `invalidNetwork` for a network without layers or without calibration data
 */
export function quantise(
  network: FloatNetwork,
  { calibration, output = 'values' }: QuantiseOptions,
): Quantised {
  const size = network.inputShape.reduce((product, n) => product * n, 1)
  if (network.layers.length === 0) throw new InferenceError('invalidNetwork', 'The network has no layers.')
  if (calibration.length === 0 || calibration.length % size !== 0) {
    throw new InferenceError('invalidNetwork', `Calibration data must be a multiple of ${size} bytes.`)
  }
  const largest = activationRanges(network, calibration, size)
  const shapes = buildLayers(network).map(({ shape }) => shape)
  const operators: Operator[] = []
  let shape = [...network.inputShape]
  let scale = network.inputScale

  network.layers.forEach((layer, index) => {
    if (layer.kind === 'dense' && shape.length !== 1) {
      operators.push({ kind: 'reshape', input: operators.length, shape: [shape.reduce((a, b) => a * b, 1)] })
    }
    const input = operators.length
    if (layer.kind === 'maxPool') {
      operators.push({ kind: 'maxPool', input, window: layer.window })
    } else {
      const outputScale = (largest[index]! || 1) / (layer.relu ? 255 : 127)
      const parameters = quantiseLayer(layer, scale, outputScale)
      operators.push(
        layer.kind === 'dense'
          ? { kind: 'dense', input, columns: layer.columns, ...parameters }
          : { kind: 'conv2d', input, window: layer.window, channels: layer.channels, ...parameters },
      )
      scale = outputScale
    }
    shape = shapes[index]!
  })

  const values = operators.length
  if (output === 'classifier') operators.push({ kind: 'argmax', input: values })
  return {
    program: {
      input: { type: 'u8', zeroPoint: 0, shape: network.inputShape },
      operators,
      outputs: output === 'classifier' ? [values + 1, values] : [values],
    },
    outputScale: scale,
  }
}

type Weighted = Exclude<FloatLayer, { kind: 'maxPool' }>

function quantiseLayer(
  layer: Weighted,
  inputScale: number,
  outputScale: number,
): { weights: Int8Array; bias: Int32Array; output: Output } {
  const channels = layer.bias.length
  const depth = layer.weights.length / channels
  const weights = new Int8Array(layer.weights.length)
  const bias = new Int32Array(channels)
  const factors: number[] = []
  for (let channel = 0; channel < channels; channel++) {
    const row = layer.weights.subarray(channel * depth, (channel + 1) * depth)
    const weightScale = row.reduce((most, w) => Math.max(most, Math.abs(w)), 0) / 127 || 1
    row.forEach((w, i) => {
      weights[channel * depth + i] = Math.round(w / weightScale)
    })
    const exact = layer.bias[channel]! / (inputScale * weightScale)
    bias[channel] = Math.max(-(2 ** 30), Math.min(2 ** 30, Math.round(exact)))
    factors.push((inputScale * weightScale) / outputScale)
  }
  const { shift, multipliers } = fixedPoint(factors)
  const [type, lowest, highest] = layer.relu ? (['u8', 0, 255] as const) : (['i8', -128, 127] as const)
  return { weights, bias, output: { type, zeroPoint: 0, lowest, highest, shift, multipliers } }
}

/** Factors as multipliers of 31 bits over one power of two, chosen for the largest. */
function fixedPoint(factors: readonly number[]): { shift: number; multipliers: Int32Array } {
  const largest = Math.max(...factors)
  if (!(largest > 0) || largest >= 2 ** 15) {
    throw new InferenceError('invalidNetwork', 'The scales of a layer are too far apart to quantise.')
  }
  let shift = 62
  while (Math.round(largest * 2 ** shift) > 2 ** 31 - 1) shift--
  return { shift, multipliers: Int32Array.from(factors, (factor) => Math.round(factor * 2 ** shift)) }
}

/** Largest magnitude of each layer's output over the calibration data. */
function activationRanges(network: FloatNetwork, calibration: Uint8Array, size: number): number[] {
  const forward = createForward(network)
  const largest = network.layers.map(() => 0)
  const step = size * Math.ceil(calibration.length / size / 512)
  for (let at = 0; at < calibration.length; at += step) {
    forward(calibration.subarray(at, at + size)).forEach((values, i) => {
      for (const value of values) largest[i] = Math.max(largest[i]!, Math.abs(value))
    })
  }
  return largest
}
