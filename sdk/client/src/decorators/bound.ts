/** An action without its first parameter, the client. */
export type Bound<action> = action extends (client: never, ...rest: infer rest) => infer result
  ? (...rest: rest) => result
  : never
