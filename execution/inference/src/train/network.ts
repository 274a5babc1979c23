import { InferenceError } from '../errors.js'
import type { Window } from '../format/program.js'
import { type Layer, linearLayer, maxPoolLayer } from './layers.js'

/** A layer of floats. Weights are laid out as in the tensor format: one row of depth for each output channel. */
export type FloatLayer =
  | { kind: 'dense'; columns: number; weights: Float32Array; bias: Float32Array; relu: boolean }
  | {
      kind: 'conv2d'
      window: Window
      channels: number
      weights: Float32Array
      bias: Float32Array
      relu: boolean
    }
  | { kind: 'maxPool'; window: Window }

/** A feed-forward network over bytes: the value of an input byte is `byte · inputScale`. Dense layers flatten. */
export type FloatNetwork = {
  inputShape: readonly number[]
  inputScale: number
  layers: readonly FloatLayer[]
}

/** Layers in the order of their execution, each with the shape it makes. */
export function buildLayers(network: FloatNetwork): { layer: Layer; shape: number[] }[] {
  let shape = [...network.inputShape]
  return network.layers.map((spec) => {
    if (spec.kind === 'dense') {
      const depth = shape.reduce((product, n) => product * n, 1)
      shape = [spec.columns]
      return { layer: linearLayer(spec, depth), shape }
    }
    if (shape.length !== 3) throw new InferenceError('invalidNetwork', `${spec.kind} needs an image.`)
    const image = shape as [number, number, number]
    const { kernel, stride, padding } = spec.window
    const size = (axis: 0 | 1): number =>
      Math.floor((image[axis] + padding[axis] + padding[axis + 2]! - kernel[axis]) / stride[axis]) + 1
    const [height, width] = [size(0), size(1)]
    if (height < 1 || width < 1) throw new InferenceError('invalidNetwork', 'The kernel exceeds its input.')
    shape = [height, width, spec.kind === 'conv2d' ? spec.channels : image[2]]
    const geometry = { window: spec.window, image, height, width }
    const layer =
      spec.kind === 'conv2d'
        ? linearLayer(spec, kernel[0] * kernel[1] * image[2], geometry)
        : maxPoolLayer(geometry)
    return { layer, shape }
  })
}

/** Runs a network in floats: `forward(bytes)` returns the activations of every layer; they are reused by the next call. */
export function createForward(network: FloatNetwork): (input: Uint8Array) => readonly Float32Array[] {
  const layers = buildLayers(network).map(({ layer }) => layer)
  const first = new Float32Array(network.inputShape.reduce((product, n) => product * n, 1))
  return (input) => {
    for (let i = 0; i < first.length; i++) first[i] = input[i]! * network.inputScale
    let values: Float32Array = first
    return layers.map((layer) => {
      values = layer.forward(values)
      return values
    })
  }
}
