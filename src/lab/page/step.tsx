export function Step() {
  return <p class="empty">Step</p>;
}
