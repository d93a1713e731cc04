/** How fast a cost grows: the slope of its logarithm over the logarithm of the amount. */

export interface Point {
  readonly x: number;
  /** One figure for each round. */
  readonly rounds: readonly number[];
}

/**
 * The exponent k of the power law y = a·x^k that fits the medians best (least squares on their logarithms), over the
 * points from `from` on. Below `from`, costs that do not depend on the amount prevail. 1 is linear, 0 is constant.
 * `undefined` with fewer than two points.
 */
export function exponentOf(points: readonly Point[], from: number): number | undefined {
  const fitted = points
    .filter(({ x, rounds }) => x >= from && x > 0 && rounds.length > 0)
    .map(({ x, rounds }) => ({ x: Math.log(x), y: Math.log(medianOf(rounds)) }));
  if (fitted.length < 2) return undefined;
  const meanX = mean(fitted.map(({ x }) => x));
  const meanY = mean(fitted.map(({ y }) => y));
  let covariance = 0;
  let variance = 0;
  for (const { x, y } of fitted) {
    covariance += (x - meanX) * (y - meanY);
    variance += (x - meanX) ** 2;
  }
  return covariance / variance;
}

export function medianOf(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

function mean(figures: readonly number[]): number {
  return figures.reduce((sum, figure) => sum + figure, 0) / figures.length;
}
