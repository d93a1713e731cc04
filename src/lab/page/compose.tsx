export function Compose() {
  return <p class="empty">Compose</p>;
}
