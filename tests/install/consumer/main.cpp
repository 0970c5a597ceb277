/* The same in C++. */
#include <nst/nst.hpp>

#include <array>
#include <iostream>

int main()
try {
    std::array<float, 24 * 16 * 3> pixels;
    for (std::size_t i = 0; i < pixels.size(); i++)
        pixels[i] = static_cast<float>(i * 7 % 31) / 31.0f;
    const auto content = nst::image::from_f32(pixels, 24, 16), style = nst::image::from_f32(pixels, 16, 24);
    nst::transfer transfer{nst::model{"random:0"}};
    transfer.set_content(content).add_style(style);
    const double total = transfer.evaluate(content);
    const auto result = transfer.set(NST_PARAM_SIZE, 24).set(NST_PARAM_SIZES, "24:4").run();
    std::cout << "libnst " << nst_version() << ": " << result.width() << "x" << result.height() << ", "
              << nst_stop_text(transfer.stop_reason()) << ", "
              << (nst_transfer_progress(transfer.get(), NST_PROGRESS_BEST) < total ? "lower" : "no lower") << "\n";
} catch (const nst::error &error) {
    std::cerr << error.what() << "\n";
    return 1;
}
