/* The same in C++17, with progress: c++ -std=c++17 stylize.cpp $(pkg-config --cflags --libs nst) */
#include <nst/nst.hpp>

#include <iostream>

int main(int argc, char **argv)
try {
    if (argc != 4) {
        std::cerr << "usage: stylize CONTENT STYLE RESULT\n";
        return 2;
    }
    nst::transfer transfer{nst::model{}};
    transfer.set_content(nst::image::load(argv[1])).add_style(nst::image::load(argv[2])).set(NST_PARAM_SIZE, 0);
    const nst::image result = transfer.run([](const nst::progress &at) {
        std::cerr << static_cast<int>(100 * at.fraction()) << " %, total " << at.total() << "\r";
    });
    result.save(argv[3]);
    std::cout << argv[3] << ": " << result.width() << " x " << result.height() << " pixels\n";
} catch (const nst::error &error) {
    std::cerr << "stylize: " << error.what() << "\n";
    return 1;
}
