// Tidemark as the global allocator of a Rust program: rustc alone, no crates.
//
//   rustc -O -g examples/global_allocator.rs -L native=LIBDIR -l dylib=tidemark -C link-arg=-Wl,-rpath,LIBDIR
//
// With `--cfg without` it is the same program with Rust's own allocator, which `tidemark record` sees as well.
use std::collections::BTreeMap;

#[cfg(not(without))]
mod tidemark {
    use std::alloc::{GlobalAlloc, Layout};
    use std::ffi::c_void;

    extern "C" {
        fn tide_malloc(bytes: usize) -> *mut c_void;
        fn tide_calloc(count: usize, bytes: usize) -> *mut c_void;
        fn tide_realloc(block: *mut c_void, bytes: usize) -> *mut c_void;
        fn tide_aligned_alloc(align: usize, bytes: usize) -> *mut c_void;
        fn tide_free(block: *mut c_void);
        pub fn tide_start() -> i32;
        pub fn tide_usage_of_process(ret: *mut Usage) -> i32;
    }

    #[repr(C)]
    #[derive(Default)]
    pub struct Usage {
        pub current_bytes: i64,
        pub current_blocks: i64,
        pub peak_bytes: i64,
        pub peak_blocks: i64,
        pub total_bytes: u64,
        pub total_blocks: u64,
        pub freed_bytes: u64,
        pub freed_blocks: u64,
    }

    const MALLOC_ALIGN: usize = 16;

    pub struct Alloc;

    // All four, so that zeroed memory is not written to and growing blocks may stay where they are.
    unsafe impl GlobalAlloc for Alloc {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            if layout.align() <= MALLOC_ALIGN {
                tide_malloc(layout.size()) as *mut u8
            } else {
                tide_aligned_alloc(layout.align(), layout.size()) as *mut u8
            }
        }
        unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
            if layout.align() <= MALLOC_ALIGN {
                tide_calloc(1, layout.size()) as *mut u8
            } else {
                let block = self.alloc(layout);
                if !block.is_null() {
                    std::ptr::write_bytes(block, 0, layout.size());
                }
                block
            }
        }
        unsafe fn realloc(&self, block: *mut u8, layout: Layout, bytes: usize) -> *mut u8 {
            if layout.align() <= MALLOC_ALIGN {
                return tide_realloc(block as *mut c_void, bytes) as *mut u8;
            }
            let moved = self.alloc(Layout::from_size_align_unchecked(bytes, layout.align()));
            if !moved.is_null() {
                std::ptr::copy_nonoverlapping(block, moved, layout.size().min(bytes));
                self.dealloc(block, layout);
            }
            moved
        }
        unsafe fn dealloc(&self, block: *mut u8, _layout: Layout) {
            tide_free(block as *mut c_void)
        }
    }
}

#[cfg(not(without))]
#[global_allocator]
static GLOBAL: tidemark::Alloc = tidemark::Alloc;

fn main() {
    #[cfg(not(without))]
    unsafe {
        tidemark::tide_start();
    }
    let mut lengths: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for number in 0..2000u64 {
        let text = format!("{:x}", number * number * number);
        lengths.entry(text.len()).or_default().push(text);
    }
    let zeroed = vec![0u8; 1 << 20];
    let last = unsafe { std::ptr::read_volatile(&zeroed[zeroed.len() - 1]) }; // else the compiler leaves it out
    println!("{} lengths, {} zeros, the last one {}", lengths.len(), zeroed.len(), last);
    #[cfg(not(without))]
    {
        let mut usage = tidemark::Usage::default();
        let code = unsafe { tidemark::tide_usage_of_process(&mut usage) };
        println!("{} {} bytes in {} blocks, peak {}", code, usage.total_bytes, usage.total_blocks, usage.peak_bytes);
    }
}
