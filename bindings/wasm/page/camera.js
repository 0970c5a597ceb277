// A photograph: by the camera app on phones, by a dialog with the camera's picture elsewhere.
import { PictureError, readPicture } from "./pictures.js";
import { strings } from "./strings.js";

const dialog = document.getElementById("camera-dialog");
const video = document.getElementById("camera-video");

/** Whether the browser's own file dialog opens the camera. */
export const hasCameraApp = matchMedia("(pointer: coarse)").matches;
export const hasCamera = hasCameraApp || Boolean(navigator.mediaDevices?.getUserMedia);

/** Shows the camera's picture until the visitor takes it or closes the dialog: a picture, or null. */
export async function photograph() {
    let stream;
    try {
        const video = { width: { ideal: 1920 }, facingMode: "environment" };
        stream = await navigator.mediaDevices.getUserMedia({ video });
    } catch {
        throw new PictureError(strings.noCamera);
    }
    video.srcObject = stream;
    dialog.showModal();
    const taken = await new Promise((resolve) => {
        document.getElementById("camera-take").onclick = () => resolve(true);
        document.getElementById("camera-close").onclick = () => resolve(false);
        dialog.onclose = () => resolve(false);
    });
    const picture = taken ? await frame() : null;
    dialog.close();
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
    return picture;
}

async function frame() {
    const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
    canvas.getContext("2d").drawImage(video, 0, 0);
    return readPicture(await canvas.convertToBlob(), strings.photographed);
}
