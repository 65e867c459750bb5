// The page of a link to enroll: browsers inside other apps often have no camera; better said before signing than after.

if (!navigator.mediaDevices?.getUserMedia) {
  for (const note of document.querySelectorAll("[data-needs-camera]")) note.hidden = false;
}
