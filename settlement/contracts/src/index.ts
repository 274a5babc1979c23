export * from './deploy.js'
export * from './generated/index.js'
export * from './predeploys.js'
