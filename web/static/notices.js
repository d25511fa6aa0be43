// The page on which users choose what they are told about: asks the browser whether it may show
// notifications, but only once they want them.

const state = document.getElementById("desktop-state");
const button = state.querySelector("button");
const TEXTS = {
  granted: "This browser shows notifications.",
  denied: "This browser blocks notifications. Allow them for this site in its settings.",
  default: "This browser hasn't allowed notifications yet.",
};

function show() {
  const permission = window.Notification?.permission;
  state.querySelector("[role=status]").textContent =
    TEXTS[permission] ?? "This browser can't show notifications.";
  button.hidden = permission !== "default";
  state.hidden = false;
}

button.addEventListener("click", async () => {
  await Notification.requestPermission();
  show();
});
show();
