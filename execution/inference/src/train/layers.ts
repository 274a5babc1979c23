import type { Window } from '../format/program.js'

/** One layer while it is trained: buffers are its own and reused, one sample at a time. */
export type Layer = {
  forward(input: Float32Array): Float32Array
  /**
   * Adds the gradients of the parameters for the last input, given the gradient of the output (which it may overwrite).
   * Returns the gradient of the input, or nothing when `first`.
   */
  backward(gradient: Float32Array, first: boolean): Float32Array | undefined
  parameters: { values: Float32Array; gradients: Float32Array }[]
  /** Parameters back into the layout of the tensor format. */
  exportWeights?(): { weights: Float32Array; bias: Float32Array }
}

export type Geometry = {
  window: Window
  image: readonly [height: number, width: number, channels: number]
  height: number
  width: number
}

/**
 * Dense layer or convolution: rows of `depth` inputs times weights. Weights are held transposed ([depth, channels]), so that
 * an input of zero, most of an image and half of what passes a ReLU, skips a whole row.
 */
export function linearLayer(
  spec: { weights: Float32Array; bias: Float32Array; relu: boolean },
  depth: number,
  geometry?: Geometry,
): Layer {
  const channels = spec.bias.length
  const positions = geometry ? geometry.height * geometry.width : 1
  const weights = transpose(spec.weights, channels, depth)
  const bias = spec.bias.slice()
  const weightGradients = new Float32Array(weights.length)
  const biasGradients = new Float32Array(channels)
  const output = new Float32Array(positions * channels)
  const sources = geometry ? windowSources(geometry, depth) : undefined
  let input: Float32Array = new Float32Array()
  let inputGradient: Float32Array = new Float32Array()

  return {
    parameters: [
      { values: weights, gradients: weightGradients },
      { values: bias, gradients: biasGradients },
    ],
    forward(values) {
      input = values
      for (let position = 0; position < positions; position++) {
        const at = position * channels
        for (let c = 0; c < channels; c++) output[at + c] = bias[c]!
        for (let k = 0; k < depth; k++) {
          const source = sources ? sources[position * depth + k]! : k
          const x = source < 0 ? 0 : values[source]!
          if (x === 0) continue
          const row = k * channels
          for (let c = 0; c < channels; c++) output[at + c]! += x * weights[row + c]!
        }
      }
      if (spec.relu) for (let i = 0; i < output.length; i++) if (output[i]! < 0) output[i] = 0
      return output
    },
    backward(gradient, first) {
      if (spec.relu) for (let i = 0; i < output.length; i++) if (output[i]! <= 0) gradient[i] = 0
      if (!first) {
        if (inputGradient.length !== input.length) inputGradient = new Float32Array(input.length)
        else inputGradient.fill(0)
      }
      for (let position = 0; position < positions; position++) {
        const at = position * channels
        for (let c = 0; c < channels; c++) biasGradients[c]! += gradient[at + c]!
        for (let k = 0; k < depth; k++) {
          const source = sources ? sources[position * depth + k]! : k
          if (source < 0) continue
          const row = k * channels
          const x = input[source]!
          if (x !== 0) for (let c = 0; c < channels; c++) weightGradients[row + c]! += x * gradient[at + c]!
          if (first) continue
          let sum = 0
          for (let c = 0; c < channels; c++) sum += weights[row + c]! * gradient[at + c]!
          inputGradient[source]! += sum
        }
      }
      return first ? undefined : inputGradient
    },
    exportWeights: () => ({ weights: transpose(weights, depth, channels), bias: bias.slice() }),
  }
}

export function maxPoolLayer(geometry: Geometry): Layer {
  const channels = geometry.image[2]
  const [kernelHeight, kernelWidth] = geometry.window.kernel
  const size = kernelHeight * kernelWidth
  const sources = windowSources(geometry, size * channels)
  const output = new Float32Array(geometry.height * geometry.width * channels)
  const winners = new Int32Array(output.length)
  let inputGradient: Float32Array = new Float32Array()
  let inputLength = 0
  return {
    parameters: [],
    forward(values) {
      inputLength = values.length
      for (let i = 0; i < output.length; i++) {
        const [position, channel] = [Math.floor(i / channels), i % channels]
        let winner = -1
        for (let k = 0; k < size; k++) {
          const source = sources[(position * size + k) * channels + channel]!
          if (source >= 0 && (winner < 0 || values[source]! > values[winner]!)) winner = source
        }
        winners[i] = winner
        output[i] = values[winner]!
      }
      return output
    },
    backward(gradient, first) {
      if (first) return undefined
      if (inputGradient.length !== inputLength) inputGradient = new Float32Array(inputLength)
      else inputGradient.fill(0)
      for (let i = 0; i < output.length; i++) inputGradient[winners[i]!]! += gradient[i]!
      return inputGradient
    },
  }
}

/** For each position and element of its window the index into the image, or −1 for padding. */
function windowSources({ window, image, height, width }: Geometry, depth: number): Int32Array {
  const [inHeight, inWidth, channels] = image
  const sources = new Int32Array(height * width * depth).fill(-1)
  let at = 0
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let ky = 0; ky < window.kernel[0]; ky++) {
        for (let kx = 0; kx < window.kernel[1]; kx++) {
          const row = y * window.stride[0] - window.padding[0] + ky
          const column = x * window.stride[1] - window.padding[1] + kx
          const inside = row >= 0 && row < inHeight && column >= 0 && column < inWidth
          for (let c = 0; c < channels; c++, at++) {
            if (inside) sources[at] = (row * inWidth + column) * channels + c
          }
        }
      }
    }
  }
  return sources
}

function transpose(values: Float32Array, rows: number, columns: number): Float32Array<ArrayBuffer> {
  const result = new Float32Array(values.length)
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++)
      result[column * rows + row] = values[row * columns + column]!
  }
  return result
}
